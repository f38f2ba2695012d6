from django.db import models
from django.db.models import Prefetch
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import joinedload, selectinload

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
    winner = db.relationship("Challenge", lazy="joined")


def loaded():
    for book in Book.objects.select_related("author"):
        print(book.author.name)
    for author in Author.objects.prefetch_related(Prefetch("book_set")):
        print([book.pk for book in author.book_set.all()])
    for solve in Solve.query.options(joinedload(Solve.challenge)).all():
        print(solve.challenge.value, solve.winner.value)
    query = db.session.query(Challenge)
    query = query.options(selectinload(Challenge.solves))
    for challenge in query:
        print(challenge.solves)


def the_key_is_there():
    for book in Book.objects.all():
        print(book.author_id, book.author.pk)


def one_author(author):
    for book in Book.objects.filter(author=author):
        print(book.author.name)


def one_row(key):
    solve = Solve.query.get(key)
    return solve.challenge.value


def unknown_loaders(options):
    for solve in Solve.query.options(*options):
        print(solve.challenge.value)


def no_relationship():
    for solve in Solve.query.all():
        print(solve.id, solve.challenge_id)
