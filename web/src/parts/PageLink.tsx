import { Anchor, type AnchorProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type AnchorHTMLAttributes } from "react";

type Props = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>;

/** A link to another page of the console. */
export const PageLink = createLink(
  forwardRef<HTMLAnchorElement, Props>(function Linked(props, ref) {
    return <Anchor ref={ref} size="sm" {...props} />;
  }),
);
