"""The dashboards as code. `python -m deploy.grafana.write` makes the JSON that Grafana is given."""
