"""Flow files as text: reading them, and knowing where everything stands."""

from flows.source.read import FlowSource, read_flow, read_flow_file

__all__ = ["FlowSource", "read_flow", "read_flow_file"]
