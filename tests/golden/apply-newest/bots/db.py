engine = create_async_engine(URL, pool_size=20, max_overflow=30)
