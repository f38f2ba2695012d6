"""Django's ORM."""

from django.db.models import Q

from blog.models import Author, Comment, Post


def all_posts():
    return list(Post.objects.all())


def authors():
    return [a.name for a in Author.objects.all()]


def by_key():
    return Author.objects.get(pk=1)


def filtered():
    return list(Post.objects.filter(title="x", public=True))


def excluded():
    return list(Comment.objects.exclude(body="y").order_by("body"))


def first():
    return Author.objects.filter(mail="a@x").first()


def last():
    return Comment.objects.last()


def counted():
    return Post.objects.filter(views__gt=3).count()


def exists():
    return Author.objects.filter(name="n").exists()


def sliced():
    return list(Post.objects.order_by("title")[10:20])


def paged(page=2):
    return list(Comment.objects.order_by("id")[page * 10:page * 10 + 10])


def values():
    return list(Author.objects.filter(name__startswith="n").values("name", "mail"))


def flat():
    return list(Comment.objects.filter(post_id=3).values_list("id", flat=True))


def alternatives():
    return list(Author.objects.filter(Q(name="a") | Q(mail="b")))


def contains():
    return list(Post.objects.filter(title__icontains="word"))


def among():
    return list(Comment.objects.filter(id__in=[1, 2, 3]))


def related():
    return [p.author.name for p in Post.objects.select_related("author").filter(views=5)]


def prefetched():
    return [len(a.posts.all()) for a in Author.objects.prefetch_related("posts").filter(name="who")]


def lazy():
    return [c.post.title for c in Comment.objects.filter(body="lazy")]


def created():
    return Comment.objects.create(post_id=1, body="new")


def bulk():
    Author.objects.bulk_create([Author(name="a"), Author(name="b")])


def get_or_create():
    return Author.objects.get_or_create(name="single", mail="s@x")


def updated():
    Post.objects.filter(title="old").update(views=1)


def deleted():
    Comment.objects.filter(body="spam").delete()


def saved():
    author = Author.objects.get(name="first")
    author.mail = "z@x"
    author.save()


def distinct():
    return list(Post.objects.order_by().values("title").distinct())


def locked():
    from django.db import transaction
    with transaction.atomic():
        return list(Author.objects.select_for_update().filter(id=2))


def chained(public=True):
    posts = Post.objects.filter(views__lt=100)
    posts = posts.filter(public=public)
    return [p.title for p in posts.order_by("views")]
