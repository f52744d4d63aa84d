"""The floor: aiohttp takes an activity in, posts one reply out, and does no work in between."""

import sys

from aiohttp import ClientSession, web


async def _session(app: web.Application):  # noqa: ANN202
    async with ClientSession() as app["session"]:
        yield


async def _receive(request: web.Request) -> web.Response:
    activity = await request.json()
    url = f"{activity['serviceUrl']}/v3/conversations/{activity['conversation']['id']}/activities"
    reply = {"type": "message", "text": "echo", "replyToId": activity["id"]}
    async with request.app["session"].post(url, json=reply) as response:
        await response.read()
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.cleanup_ctx.append(_session)
    app.router.add_post("/api/messages", _receive)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
