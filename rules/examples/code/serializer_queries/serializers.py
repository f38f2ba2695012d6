from rest_framework import serializers

from .models import Filter, FilterList


class FilterListSerializer(serializers.ModelSerializer):
    count = serializers.SerializerMethodField()
    names = serializers.SerializerMethodField()
    details = serializers.SerializerMethodField()

    def to_representation(self, instance):
        shown = super().to_representation(instance)
        shown["filters"] = [f.pk for f in Filter.objects.filter(filter_list=instance.id)]
        return shown

    def get_count(self, instance):
        return Filter.objects.filter(filter_list=instance.id).count()

    def get_names(self, instance: FilterList):  # the view may have prefetched them
        return [f.pk for f in instance.filter_set.all()]

    def get_details(self, instance):  # chooses, so that lists may go without
        if self.context.get("details"):
            return list(Filter.objects.filter(filter_list=instance.id))
        return []

    def get_other(self, instance):  # no field
        return list(Filter.objects.filter(filter_list=instance.id))
