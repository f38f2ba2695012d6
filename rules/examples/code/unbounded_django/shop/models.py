from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=40)


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)


def books(request):
    return [book.pk for book in Book.objects.all()]


def shelves(request, number):
    return list(Shelf.objects.all()), list(Book.objects.all()[number:number + 50]), Book.objects.filter(shelf_id=number).count()


def of_one(shelf: Shelf):
    return [book.pk for book in shelf.book_set.all()]
