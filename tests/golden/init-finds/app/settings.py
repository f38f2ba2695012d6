import os
DATABASE_URL = os.getenv("DATABASE_URL", "postgresql+asyncpg://shop:secret@db.internal/shop")
TEMPLATE = f"postgresql://{user}@{host}/x"
REDIS = "redis://:hunter2@cache:6379/1"
