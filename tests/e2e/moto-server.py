#!/usr/bin/env python3
"""Serves moto, an independent double of AWS, with a small account, until stdin ends.

Prints the endpoint URL when it is ready. Exits 77 where moto is not installed. moto checks neither
signatures nor RevisionId and knows no throttling: it only proves that our requests have AWS's form.
"""
import datetime
import json
import logging
import sys
import urllib.request
import warnings

warnings.simplefilter("ignore")
logging.getLogger("werkzeug").setLevel(logging.ERROR)
try:
    import boto3
    from moto.server import ThreadedMotoServer
except ImportError:
    print("moto is not installed: skipped", file=sys.stderr)
    sys.exit(77)

FUNCTION = "finally-prod-api"
REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/finally-api"


def seed(url):
    # Before anything is made: moto forgets its functions when it changes its Lambda backend.
    body = json.dumps({"lambda": {"use_docker": False}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/config", data=body, method="POST")).read()
    session = boto3.Session("moto", "moto", region_name="eu-central-1")

    def client(name):
        return session.client(name, endpoint_url=url)

    role = client("iam").create_role(RoleName="api", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambda_ = client("lambda")
    lambda_.create_function(
        FunctionName=FUNCTION, Role=role, PackageType="Image", Code={"ImageUri": f"{REGISTRY}:v1"}, Timeout=30,
        Publish=True, Environment={"Variables": {"DATABASE_URL": "postgres://u:p@h/d"}})
    lambda_.create_alias(FunctionName=FUNCTION, Name="production", FunctionVersion="1", Description="live")
    api = client("apigatewayv2").create_api(Name="finally-prod", ProtocolType="HTTP")["ApiId"]
    client("apigatewayv2").create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", PayloadFormatVersion="2.0",
        IntegrationUri=f"arn:aws:lambda:eu-central-1:123456789012:function:{FUNCTION}:production")
    client("rds").create_db_instance(
        DBInstanceIdentifier="finally-prod-postgres", DBInstanceClass="db.t3.medium", Engine="postgres",
        AllocatedStorage=100, MasterUsername="finally", MasterUserPassword="not-a-secret")
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    cloudwatch = client("cloudwatch")
    for minutes, value in ((5, 10), (4, 11), (3, 12)):
        cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{
            "MetricName": "Invocations", "Dimensions": [{"Name": "FunctionName", "Value": FUNCTION}],
            "Timestamp": now - datetime.timedelta(minutes=minutes), "Value": value, "Unit": "Count"}])
    cloudwatch.put_metric_alarm(
        AlarmName="finally-prod-errors", Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    seed(url)
    print(url, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
