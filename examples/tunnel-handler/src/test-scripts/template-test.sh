#!/usr/bin/env bash
# shellcheck disable=SC2015,SC2016
# Tests the CloudFormation template and its check: the template must pass, each of many broken copies must fail, for the right
# reason. Exit 0: all as expected; 1: not. Needs what ../../deploy/cloudformation/check.sh needs, and sed.
set -uo pipefail
cd "$(dirname "$0")/../../deploy/cloudformation" || exit
WORK=$(mktemp -d) NAMES=() PATTERNS=() PASSED=0 FAILED=0
trap 'rm -rf "$WORK"' EXIT

pass() { echo "PASS: $1"; PASSED=$((PASSED + 1)); }
failed() { echo "FAIL: $1"; FAILED=$((FAILED + 1)); }

# broken NAME SED_SCRIPT PATTERN: a copy of the template with a fault, and what the check must say of it.
broken() {
    local copy=$WORK/${#NAMES[@]}.yaml
    sed -E "$2" appliance.yaml >"$copy"
    cmp -s appliance.yaml "$copy" && failed "$1: the fault could not be made, the template has changed"
    NAMES+=("$1") PATTERNS+=("$3")
}

broken "unknown resource type" 's/AWS::EC2::GatewayRouteTableAssociation/AWS::EC2::GatewayRoutes/' "there is no resource type 'AWS::EC2::GatewayRoutes'"
broken "unknown property" 's/TargetGroupARNs:/TargetGroupArns:/' "has no property 'TargetGroupArns'; is 'TargetGroupARNs' meant"
broken "unknown property of a part" 's/HttpTokens:/HttpToken:/' "MetadataOptions has no property 'HttpToken'"
broken "missing required property" '/^      MaxSize: /d' "AWS::AutoScaling::AutoScalingGroup requires the property 'MaxSize'"
broken "missing required property of a part" 's/LifecycleTransition: [^,]*, //' "requires the property 'LifecycleTransition'"
broken "word instead of a number" 's/HealthCheckIntervalSeconds: 10/HealthCheckIntervalSeconds: ten/' 'must be of type integer, is "ten"'
broken "word instead of a boolean" 's/EnableDnsHostnames: true/EnableDnsHostnames: on-demand/' 'must be of type boolean'
broken "one value instead of a list" 's/VPCZoneIdentifier: .*/VPCZoneIdentifier: !Ref ApplianceSubnetA/' 'must be a list, but Ref gives one value'
broken "list instead of one value" 's/CidrBlock: !Select \[0, (!Cidr \[!GetAtt Vpc.*\])\]/CidrBlock: \1/' 'must be one value, but Fn::Cidr gives a list'
broken "Ref to nothing" 's/VpcId: !Ref Vpc$/VpcId: !Ref Vcp/' "'Vcp' is neither a parameter nor a resource"
broken "GetAtt of a resource that is not there" 's/!GetAtt TargetGroup\./!GetAtt TargetGrp./' "'TargetGrp' is not a resource"
broken "GetAtt of an attribute that is not there" 's/LoadBalancerFullName/FullName/' "has no attribute 'FullName'"
broken "Sub of nothing" 's/\$\{EndpointService\}/${EndpointSrv}/' "'EndpointSrv' is neither a parameter nor a resource"
broken "Sub in the user data of nothing" 's/-p \$\{HealthPort\}/-p ${Port}/' "UserData.*'Port' is neither a parameter"
broken "variable of Sub that is not used" 's/ --source-cidr \$\{SourceB\}//' "variable 'SourceB' is not used"
broken "DependsOn of nothing" 's/DependsOn: Listener/DependsOn: Lissener/' "'Lissener' is not a resource"
broken "unknown condition" 's/Condition: HasPrincipals/Condition: HasPrincipal/' "'HasPrincipal' is not a condition"
broken "reference to what exists only on a condition" '/^  EndpointId:/,/^  Ex/{/Condition: HasExample/d}' "'Endpoint' exists only if HasExample, but 'EndpointId' always"
broken "cycle" 's/DependsOn: InternetGatewayAttachment/DependsOn: Appliances/' 'depends on itself'
broken "default that is not allowed" 's/Default: pass-through/Default: passthrough/' "the default 'passthrough' is not among the allowed values"
broken "default out of range" 's/Default: 300/Default: 3601/' "the default '3601' is out of range"
broken "default that does not fit its pattern" 's/Default: c7g.large/Default: C7G/' "the default 'C7G' does not fit"
broken "unknown parameter type" 's/AWS::EC2::AvailabilityZone::Name/AWS::EC2::Zone::Name/' "there is no parameter type"
broken "parameter that is not used" 's/RetentionInDays: !Ref LogDays/RetentionInDays: 30/' 'Parameters/LogDays: is not used'
broken "key given twice" 's/^(      )Port: 6081/\1Port: 6081\n\1Port: 6082/' 'Map keys must be unique'
broken "key of a resource that is none" 's/^    DeletionPolicy:/    DeletePolicy:/' 'a resource has no such key'
broken "unknown function" 's/!Cidr \[!GetAtt Vpc/!Cider [!GetAtt Vpc/' 'there is no such function'
broken "shell syntax in the user data" 's/^( +)s3:\/\/\*\) /\1s3:\/\/* /' 'the user data has syntax errors'

output=$(./check.sh 2>&1) && pass "the template" || { failed "the template"; echo "$output"; }
[ "$(grep -c '^PASS' <<<"$output")" = 2 ] || failed "the template's check says something else than two times PASS"
output=$(./check.sh "$WORK"/*.yaml 2>&1) && failed "broken copies: the check exits 0"
for i in "${!NAMES[@]}"; do
    # What the check says of this copy: from the lines that name it, with the lines after them.
    said=$(awk -v "file=$WORK/$i.yaml:" '/^(PASS|FAIL): / { mine = index($0 ":", file) } mine' <<<"$output")
    if grep -q '^FAIL' <<<"$said" && grep -Eq -- "${PATTERNS[$i]}" <<<"$said"; then pass "broken copy: ${NAMES[$i]}"
    else failed "broken copy: ${NAMES[$i]}: expected '${PATTERNS[$i]}', the check said:"; printf '%s\n' "$said"; fi
done
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
