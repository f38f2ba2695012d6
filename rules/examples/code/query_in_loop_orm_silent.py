from django.db import models
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session
from tortoise import fields
from tortoise.models import Model as TortoiseModel

metadata = MetaData()


class Shelf(models.Model):
    name = models.CharField(max_length=40)


class Event(TortoiseModel):
    name = fields.CharField(max_length=40)


def in_the_iterable():
    for shelf in Shelf.objects.filter(name="new"):
        print(shelf.name)
    return [shelf.name for shelf in Shelf.objects.all()]


def made_in_the_loop(names):
    queries = []
    for name in names:
        queries.append(Shelf.objects.filter(name=name))
    return queries


def sent_once(names):
    shelves = Shelf.objects.all()
    for name in names:
        for shelf in shelves:
            print(name, shelf.name)


async def at_once(names):
    for event in await Event.filter(name__in=names):
        print(event)


def empty_all(session: Session):
    for table in reversed(metadata.sorted_tables):
        session.execute(table.delete())


def details(session: Session, key, with_count=False):
    text = str(key)
    if with_count:
        text += str(session.scalar(select(Shelf)))
    return text


def listing(session: Session, keys):
    return [details(session, key) for key in keys]
