import argparse

import redis


def fill(client, lines):
    for line in lines:
        client.set(line, 1, ex=60)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("lines", nargs="*")
    fill(redis.Redis(host="cache"), parser.parse_args().lines)
