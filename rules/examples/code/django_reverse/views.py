from .models import Feature, Grid


def names(grid):
    return [feature.pk for feature in grid.feature_set.all()]


def page(request, offset, limit):
    return [names(grid) for grid in Grid.objects.prefetch_related("feature_set")[offset : offset + limit]]
