from peewee import CharField, Model


class Pet(Model):
    name = CharField()


def main(names):
    for name in names:
        Pet.create(name=name)
