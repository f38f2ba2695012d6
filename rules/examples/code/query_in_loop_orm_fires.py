from django.db import models
from flask_sqlalchemy import SQLAlchemy
from peewee import CharField, Model
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tortoise import fields
from tortoise.models import Model as TortoiseModel

db = SQLAlchemy()


class Shelf(models.Model):
    name = models.CharField(max_length=40)


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)


class Challenge(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Pet(Model):
    name = CharField()


class Event(TortoiseModel):
    name = fields.CharField(max_length=40)


def shelf_sizes():
    return {shelf.name: Book.objects.filter(shelf=shelf).count() for shelf in Shelf.objects.all()}


def titles(shelves):
    for shelf in shelves:
        for book in Book.objects.filter(shelf=shelf):
            print(shelf, book)


def solves():
    for challenge in Challenge.query.order_by(Challenge.id):
        print(Challenge.query.filter_by(id=challenge.id).count())


def pets(names):
    return [Pet.get_or_none(Pet.name == name) for name in names]


async def events(names):
    for name in names:
        print(await Event.filter(name=name))


async def challenges(session: AsyncSession, ids):
    for key in ids:
        print(await session.get(Challenge, key))
    for key in ids:
        print((await session.scalars(select(Challenge).where(Challenge.id == key))).first())
