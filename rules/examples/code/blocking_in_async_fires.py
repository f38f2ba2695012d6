import json
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import requests
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://app@db/app", pool_size=2)


async def handle(user):
    time.sleep(0.2)
    return requests.get(f"https://example.org/{user}", timeout=3).json()


async def load(path):
    with open(path) as file:
        return json.load(file)


async def names():
    rows = engine.connect().execute(text("SELECT name FROM profiles LIMIT 5"))
    return [row.name for row in rows]


def send(to, text):
    with smtplib.SMTP("mail.example.org", timeout=5) as server:
        server.sendmail("bot@example.org", to, text)


def save(path, users):
    with open(path, "w") as file:
        json.dump(users, file)


async def register(user, password, users):
    digest = bcrypt.hashpw(password, bcrypt.gensalt())
    send(user, "welcome")
    save("users.json", users | {user: digest})


async def totals(parts):
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(sum, parts))


class Weather(requests.Session):
    def today(self, town):
        return self.get(f"https://example.org/{town}", timeout=3).json()


weather = Weather()


async def forecast(town):
    return weather.today(town)
