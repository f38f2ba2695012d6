from django.db import models


class FilterList(models.Model):
    name = models.CharField(max_length=50)


class Filter(models.Model):
    filter_list = models.ForeignKey(FilterList, on_delete=models.CASCADE)
