from django.db import models
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Author(models.Model):
    name = models.CharField(max_length=40)


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)


class Challenge(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    value = db.Column(db.Integer)


class Solve(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    challenge_id = db.Column(db.Integer, db.ForeignKey("challenge.id"))
    challenge = db.relationship("Challenge", backref="solves")


def authors():
    return [book.author.name for book in Book.objects.filter(author_id__gt=5)]


def sizes():
    return {author.name: [book.pk for book in author.book_set.all()] for author in Author.objects.all()}


def solves(limit):
    query = Solve.query.order_by(Solve.id)
    query = query.limit(limit)
    total = 0
    for solve in query.all():
        total += solve.challenge.value
        total += solve.challenge.id
    return total


def teams():
    for number, challenge in enumerate(db.session.query(Challenge).all()):
        print(number, challenge.solves)
