from django.db import models


class Grid(models.Model):
    title = models.CharField(max_length=100)

    def elements(self):
        found = []
        for feature in self.feature_set.all():
            for element in feature.element_set.all():
                found.append(element)
        return found


class Feature(models.Model):
    grid = models.ForeignKey(Grid, on_delete=models.CASCADE)


class Element(models.Model):
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE)
