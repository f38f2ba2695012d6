from django.db import models
from sqlalchemy.orm import Session


class Pet(models.Model):
    name = models.CharField(max_length=40)


def rename(names):
    for pet in Pet.objects.filter(name="old"):
        pet.name = names[pet.pk]
        pet.save()


def load(names):
    for name in names:
        Pet.objects.create(name=name)


def ids(session: Session, rows):
    for row in rows:
        session.add(row)
        session.flush()
