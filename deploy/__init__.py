"""What runs around the workers: Prometheus rules, Grafana dashboards, the runbook."""
