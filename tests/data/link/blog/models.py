from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=40)
    mail = models.EmailField(null=True)


class Post(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="posts")
    title = models.CharField(max_length=80)
    public = models.BooleanField(default=True)
    views = models.IntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        db_table = "posts"


class Comment(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE)
    body = models.TextField()
