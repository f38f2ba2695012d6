"""A profile as it is cached, and the one statement that reads it for every kind of driver."""

KEY = "user:{id}:profile"

COLUMNS = "id, name, gender, birth_date, city_id, latitude, longitude, about, photo_url, active"


def from_row(row):
    """A JSON-able dictionary of a row of COLUMNS, from any driver."""
    if row is None:
        return None
    profile = dict(row)
    gender = profile["gender"]
    profile["gender"] = gender.decode() if isinstance(gender, bytes) else gender
    profile["birth_date"] = profile["birth_date"].isoformat()
    return profile
