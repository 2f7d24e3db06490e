"""Take the changes into DuckDB with dlt: python feed_with_dlt.py http://127.0.0.1:8000 copy.duckdb

Nothing but a description of the feed, for dlt's own `rest_api`; each run takes what is new.
"""

import sys

import dlt
from dlt.sources.rest_api import rest_api_source

dlt.config["runtime.dlthub_telemetry"] = False


def take(server: str, file: str) -> None:
    new = {"cursor_path": "position", "initial_value": "0", "start_param": "since"}
    endpoint = {"path": "changes.json", "data_selector": "changes", "incremental": new}
    changes = {
        "name": "changes",
        "endpoint": {**endpoint, "paginator": "header_link"},
        "primary_key": "revision",
        "write_disposition": "merge",
        "columns": {"document": {"data_type": "text"}},
    }
    feed = rest_api_source({"client": {"base_url": server}, "resources": [changes]}, name="kb")
    duckdb = dlt.destinations.duckdb(file)
    # What a run leaves beside the copy is dropped: the place that counts is in the copy.
    copy = dlt.pipeline("feed", f"{file}.dlt", destination=duckdb, dataset_name="kb").drop()
    copy.sync_destination()
    copy.run(feed).raise_on_failed_jobs()


if __name__ == "__main__":
    take(sys.argv[1], sys.argv[2])
