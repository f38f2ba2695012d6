import asyncio
import sqlite3
from contextlib import asynccontextmanager

import boto3
import pandas as pd
import pymongo
import redis
from minio import Minio
from PIL import Image
from pwdlib import PasswordHash
from pyodk.client import Client
from sqlalchemy.orm import Session

password_hash = PasswordHash.recommended()
client = redis.Redis(host="cache", socket_timeout=5, max_connections=4)
s3 = boto3.client("s3")


def store():
    return Minio("files:9000")


@asynccontextmanager
async def central(options):
    made = await asyncio.get_running_loop().run_in_executor(None, Client, options)
    yield made


async def draw(path):
    image = Image.open(path)
    return image.size


async def inbounds(path):
    with sqlite3.connect(path) as conn:
        return conn


async def upload(name, file):
    s3.upload_fileobj(file, "bucket", name)


async def keep(name, file):
    store().put_object("bucket", name, file, -1)


async def submit(options, form):
    async with central(options) as odk:
        return odk.submissions.create(form)


async def verify(plain, hashed):
    return password_hash.verify(plain, hashed)


async def seen(user):
    return client.get(f"seen:{user}")


async def names(session: Session, statement):
    return session.execute(statement)


async def rows(path):
    return pd.read_csv(path)


mongo = pymongo.MongoClient("mongodb://files")
users = mongo["app"].users


async def user(name):
    return users.find_one({"name": name})
