"""The usual way: an echo bot on botbuilder's own CloudAdapter, as its samples write it. No store, no flow."""

import sys

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication


class _Settings:
    APP_ID = ""
    APP_PASSWORD = ""
    APP_TYPE = "MultiTenant"
    APP_TENANTID = ""


class _EchoBot(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity("echo")


ADAPTER = CloudAdapter(ConfigurationBotFrameworkAuthentication(_Settings()))
BOT = _EchoBot()


async def _receive(request: web.Request) -> web.Response:
    return await ADAPTER.process(request, BOT) or web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/api/messages", _receive)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
