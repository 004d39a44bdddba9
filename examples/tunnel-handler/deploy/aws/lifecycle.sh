#!/bin/sh
# Drains the handler when the autoscaling group is about to terminate this instance: waits for the target state "Terminated"
# in the instance metadata (IMDSv2), stops gwlbtun.service (which answers health checks with 503 and forwards on for its drain
# time), keeps the lifecycle action alive meanwhile, completes it, exits. Runs as gwlbtun-lifecycle.service.
#
# Environment: GWLBTUN_LIFECYCLE_HOOK  the name of the lifecycle hook on autoscaling:EC2_INSTANCE_TERMINATING
#              GWLBTUN_ASG             the autoscaling group's name
# Needs curl, the AWS command line, and a role with autoscaling:CompleteLifecycleAction and :RecordLifecycleActionHeartbeat.
set -eu
: "${GWLBTUN_LIFECYCLE_HOOK:?is not set: write it into /etc/gwlbtun/lifecycle.env}"
: "${GWLBTUN_ASG:?is not set: write it into /etc/gwlbtun/lifecycle.env}"
METADATA=${GWLBTUN_METADATA_URL:-http://169.254.169.254}
POLL_SECONDS=${GWLBTUN_POLL_SECONDS:-5}

# metadata PATH: its value; fails where there is none.
metadata() {
    token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/latest/api/token") &&
        curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/latest/meta-data/$1"
}

autoscaling() {
    action=$1
    shift
    aws autoscaling "$action" --region "$region" --lifecycle-hook-name "$GWLBTUN_LIFECYCLE_HOOK" \
        --auto-scaling-group-name "$GWLBTUN_ASG" --instance-id "$instance" "$@"
}

until instance=$(metadata instance-id) && region=$(metadata placement/region); do
    echo "no answer from the instance metadata service, will ask again: is it switched on, with IMDSv2?" >&2
    sleep "$POLL_SECONDS"
done
echo "waiting for the end of $instance"
until [ "$(metadata autoscaling/target-lifecycle-state || true)" = Terminated ]; do
    sleep "$POLL_SECONDS"
done
echo "$GWLBTUN_ASG terminates $instance: draining"
systemctl stop --no-block gwlbtun.service
while systemctl --quiet is-active gwlbtun.service || [ "$(systemctl show -P ActiveState gwlbtun.service)" = deactivating ]; do
    autoscaling record-lifecycle-action-heartbeat || echo "the lifecycle action could not be prolonged; draining goes on as long as the group waits" >&2
    sleep "$POLL_SECONDS"
done
echo "drained"
autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE
