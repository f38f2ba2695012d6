import asyncio

import boto3
import pandas as pd
from anyio import to_thread
from asgiref.sync import sync_to_async
from fastapi import APIRouter
from PIL import Image
from starlette.concurrency import run_in_threadpool

router = APIRouter()
s3 = boto3.client("s3")


def thumbnail(path):
    image = Image.open(path).convert("RGB")
    image.save(f"{path}.small")


@router.get("/files/{name}")
def download(name):
    return s3.get_object(Bucket="bucket", Key=name)


@router.get("/small/{name}")
async def small(name):
    await run_in_threadpool(thumbnail, name)
    await to_thread.run_sync(thumbnail, name)
    await sync_to_async(thumbnail)(name)
    return await asyncio.to_thread(pd.read_csv, name)


async def merge(pictures, size):
    return Image.new("RGB", size).copy(), asyncio.get_running_loop().run_in_executor(None, lambda: thumbnail(pictures))
