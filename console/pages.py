"""The console's pages: what vite built of `web/`, with headers that keep other sites and injected scripts out."""

import secrets
from pathlib import Path
from typing import Final

from aiohttp import web

BUILT: Final = Path(__file__).parent / "static"
"""Where the build puts the pages. They are in the wheel, and not in the repository."""
_NONCE: Final = "__NONCE__"
"""What the build writes where each answer has a nonce of its own."""
_MISSING: Final = """<!doctype html>
<html lang="en"><title>Assent</title><h1>The pages are not built</h1>
<p>Run <code>make pages</code> in the checkout, then start the server again. The bots and the API work without them.</p>
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; worker-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: https:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def add_pages(app: web.Application, built: Path = BUILT) -> None:
    """Serve the pages of a folder at every path that is not the API's: which page it is, is the script's affair."""
    index = built / "index.html"
    page = index.read_text(encoding="utf-8") if index.is_file() else _MISSING

    async def show(_: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        return web.Response(
            text=page.replace(_NONCE, nonce),
            status=200 if index.is_file() else 503,
            content_type="text/html",
            headers={
                "Content-Security-Policy": _POLICY.format(nonce=nonce),
                "Cross-Origin-Opener-Policy": "same-origin",
                "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            },
        )

    if (built / "assets").is_dir():
        app.router.add_static("/assets", built / "assets")
    app.router.add_get("/{path:(?!(?:api|assets)/).*}", show, allow_head=False)
    app.on_response_prepare.append(_keep_assets)


async def _keep_assets(request: web.Request, response: web.StreamResponse) -> None:
    """Files of the build are named by what is in them, and may be kept for ever."""
    if request.path.startswith("/assets/") and response.status in (200, 304):
        response.headers["Cache-Control"] = _FOR_EVER
