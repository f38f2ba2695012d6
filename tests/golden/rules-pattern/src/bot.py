import logging

log = logging.getLogger("bot")


def answer(text):
    print("asked", text)
    log.info("asked %s", text)


def pretty(text):
    print(text)  # perfadvise: ignore[house.print_in_handler] for the command line
