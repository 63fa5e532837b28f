"""A durable POST as a Python user would write it: FastAPI validates with a Pydantic model, aio-pika publishes with
publisher confirms, persistent and mandatory, and 202 is answered after the confirm. uvicorn runs one process with
uvloop and httptools. Nothing is declared here: exchange and queue are there already, the same for every contestant.

Environment: BROKER_URI, EXCHANGE, ROUTING_KEY.
"""

import os
import socket
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated
from uuid import uuid4

import aio_pika
import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field

Id = Annotated[str, Field(min_length=1, max_length=128)]


class Buy(BaseModel):
    """The rules of POST /item/action/buy (docs/API.md)."""

    clientId: Id
    itemId: Id
    price: Annotated[int, Field(ge=0)]
    date: datetime


@asynccontextmanager
async def lifespan(app: FastAPI):
    connection = await aio_pika.connect_robust(os.environ["BROKER_URI"])
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        app.state.exchange = await channel.get_exchange(os.environ["EXCHANGE"])
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)
routing_key = os.environ["ROUTING_KEY"]


@app.get("/healthz")
async def healthz():
    return {"status": "ok"}


@app.post("/item/action/buy", status_code=202)
async def buy(event: Buy, response: Response):
    event_id = str(uuid4())
    message = aio_pika.Message(
        event.model_dump_json().encode(),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=event_id,
        content_type="application/json",
        type="pawnshop.buy-action.v1",
    )
    await app.state.exchange.publish(message, routing_key=routing_key, mandatory=True)
    response.headers["Location"] = f"/event/{event_id}"
    return {"eventId": event_id}


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    address, port = listener.getsockname()
    print(f"API http://{address}:{port}", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
