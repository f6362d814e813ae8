"""From the files as they are written to one plain tree: `extends`, `like`, params, lessons and splits are gone after it.

Uses `text` and `model`. Read extend (files), merge (what wins), params, likes, resolve (all of it in order), explain (pydantic's errors in our words).
"""
