"""A door to the API server for the nodes: ``python -m clusterproof.testbed.node.forward ADDRESS PORT``.

The API server listens on loopback, which a node in a network of its own does not reach. Whoever comes to this address,
which only the nodes' bridge has, is passed on as they are, encryption and all.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

SIZE = 65536


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(SIZE):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _passed_on(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        there, back = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _serve(address: str, port: int) -> None:
    async with await asyncio.start_server(lambda *ends: _passed_on(port, *ends), address, port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
