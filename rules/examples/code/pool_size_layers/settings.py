from pydantic_settings import BaseSettings, SettingsConfigDict


class Database(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="DB_", env_file=".env")
    pool_size: int = 5
    max_overflow: int = 10


database = Database()
