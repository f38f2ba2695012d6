from django.db import models
from sqlalchemy.orm import Session


class Pet(models.Model):
    name = models.CharField(max_length=40)


def load(names):
    Pet.objects.bulk_create([Pet(name=name) for name in names])


def add(session: Session, rows):
    for row in rows:
        session.add(row)
    session.flush()


def every_few(session: Session, rows):
    for number, row in enumerate(rows):
        session.add(row)
        if number % 500 == 0:
            session.flush()


def first(names):
    for name in names:
        if name:
            return Pet.objects.create(name=name)
