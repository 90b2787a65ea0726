package karamon.event;

import static karamon.event.Names.AWS;
import static karamon.event.Names.SENT;
import static karamon.event.Names.chosen;

import java.util.Map;

/** What {@link Kind} needs: the longer lists of names, and the events that don't name their source. */
final class Kinds {
    /** A header's value is data of RabbitMQ's. */
    static final Names RABBITMQ = Names.aws(Map.of("headers", SENT));

    private static final Names TOKEN = Names.aws(Map.of("claimsToAddOrOverride", SENT));
    // People choose the names of attributes, claims, metadata and challenge parameters; identity providers those of their claims.
    // https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html
    static final Names COGNITO = Names.aws(Map.of(
            "request", Names.aws(Map.of(
                    "userAttributes", SENT,
                    "validationData", SENT,
                    "clientMetadata", SENT,
                    "privateChallengeParameters", SENT,
                    "attributes", chosenByProvider())),
            "response", Names.aws(Map.of(
                    "userAttributes", SENT,
                    "userAttributesToMap", SENT,
                    "publicChallengeParameters", SENT,
                    "privateChallengeParameters", SENT,
                    "claimsOverrideDetails", TOKEN,
                    "claimsAndScopeOverrideDetails",
                            Names.aws(Map.of("idTokenGeneration", TOKEN, "accessTokenGeneration", TOKEN))))));

    static final Names APPSYNC = Names.aws(Map.of(
            "arguments", SENT,
            "source", SENT,
            "stash", SENT,
            "prev", Names.aws(Map.of("result", SENT)),
            "identity", Names.aws(Map.of("claims", SENT, "resolverContext", SENT, "handlerContext", SENT)),
            "info", Names.aws(Map.of("variables", SENT)),
            "request", Names.aws(Map.of("headers", SENT)),
            "events", Names.aws(Map.of("payload", SENT))));

    private static final Names INTENT = Names.aws(Map.of("slots", chosen(AWS)));
    private static final Names SLOTS_OF_INTENTS = chosen(chosen(AWS));
    static final Names LEX = Names.aws(Map.of(
            "requestAttributes", SENT,
            "sessionAttributes", SENT,
            "currentIntent", Names.aws(Map.of("slots", SENT, "slotDetails", chosen(AWS))),
            "alternativeIntents", Names.aws(Map.of("slots", SENT, "slotDetails", chosen(AWS))),
            "recentIntentSummaryView", Names.aws(Map.of("slots", SENT)),
            "interpretations", Names.aws(Map.of("intent", INTENT)),
            "proposedNextState", Names.aws(Map.of("intent", INTENT)),
            "transcriptions", Names.aws(Map.of("resolvedSlots", chosen(AWS))),
            "sessionState", Names.aws(Map.of(
                    "sessionAttributes", SENT,
                    "intent", INTENT,
                    "activeContexts", Names.aws(Map.of("contextAttributes", SENT)),
                    "runtimeHints", Names.aws(Map.of("slotHints", SLOTS_OF_INTENTS)))),
            "activeContexts", Names.aws(Map.of("parameters", SENT))));

    private Kinds() {}

    private static Names chosenByProvider() {
        return Names.aws(Map.of("tokenResponse", SENT, "idToken", SENT, "userInfo", SENT, "samlResponse", SENT));
    }

    /** Returns the kind of an event that has no {@code eventSource}, by the names that it must have; null if it isn't known. */
    static Kind withoutSource(Map<?, ?> event) {
        return has(event, "source", "detail-type", "detail") ? Kind.EVENTBRIDGE
                : has(event.get("awslogs"), "data") ? Kind.LOGS
                : has(event, "invocationId", "deliveryStreamArn", "records") ? Kind.FIREHOSE
                : has(event, "triggerSource", "userPoolId", "request") ? Kind.COGNITO
                : isAuthorizer(event) ? Kind.AUTHORIZER
                : has(event, "RequestType", "ResponseURL", "LogicalResourceId") ? Kind.CLOUDFORMATION
                : has(event, "invocationSchemaVersion", "job", "tasks") ? Kind.S3_BATCH
                : has(event, "messageVersion", "agent", "actionGroup") ? Kind.BEDROCK
                : has(event, "xAmzRequestId", "userRequest") ? Kind.S3_OBJECT
                : has(event, "Type", "TopicArn", "Message") ? Kind.SNS
                : has(event, "Step", "SecretId", "ClientRequestToken") ? Kind.SECRET_ROTATION
                : "s3:TestEvent".equals(event.get("Event")) ? Kind.S3
                // The last of a tumbling window may have no records:
                // https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
                : has(event, "window", "state", "shardId", "eventSourceARN") ? ofStream(event.get("eventSourceARN"))
                : ofApplications(event) != null ? ofApplications(event)
                : ofTools(event);
    }

    // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    private static boolean isAuthorizer(Map<?, ?> event) {
        return ("TOKEN".equals(event.get("type")) || "REQUEST".equals(event.get("type")))
                && (event.containsKey("methodArn") || event.containsKey("routeArn"));
    }

    private static Kind ofStream(Object arn) {
        return arn instanceof String name && name.contains(":dynamodb:") ? Kind.DYNAMODB : Kind.KINESIS;
    }

    private static Kind ofApplications(Map<?, ?> event) {
        return isAppSync(event) ? Kind.APPSYNC
                : has(event, "authorizationToken") && has(event.get("requestContext"), "apiId") ? Kind.APPSYNC_AUTHORIZER
                : "SyncTrigger".equals(event.get("eventType")) && has(event, "datasetRecords") ? Kind.COGNITO_SYNC
                : "ContactFlowEvent".equals(event.get("Name")) && has(event, "Details") ? Kind.CONNECT
                : has(event, "bot", "invocationSource") && (has(event, "sessionState") || has(event, "currentIntent")) ? Kind.LEX
                : has(event, "protocols", "protocolData", "signatureVerified") ? Kind.IOT_AUTHORIZER
                : has(event, "templateArn", "certificateId", "parameters") ? Kind.IOT_PROVISIONING
                : has(event, "event") && has(payload(event.get("event")), "detector", "state") ? Kind.IOT_EVENTS
                : has(event, "serialNumber", "clickType") || has(event, "deviceEvent", "deviceInfo") ? Kind.IOT_BUTTON
                : null;
    }

    private static Kind ofTools(Map<?, ?> event) {
        return has(event, "alarmArn", "alarmData") ? Kind.ALARM
                : has(event, "CodePipeline.job") ? Kind.CODEPIPELINE
                : has(event, "DeploymentId", "LifecycleEventHookExecutionId") ? Kind.CODEDEPLOY
                : has(event, "invokingEvent", "resultToken", "configRuleName") ? Kind.CONFIG
                : has(event, "connection-id", "endpoint-id") ? Kind.CLIENT_VPN
                : has(event, "AutoScalingGroupARN", "CapacityToTerminate", "Instances") ? Kind.AUTOSCALING
                : has(event, "serverId", "username", "sourceIp") && isTransfer(event.get("protocol")) ? Kind.TRANSFER
                : null;
    }

    // https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
    private static boolean isTransfer(Object protocol) {
        return "SFTP".equals(protocol) || "FTPS".equals(protocol) || "FTP".equals(protocol) || "HTTP".equals(protocol);
    }

    // A resolver of a GraphQL API, its field in Amplify, or a handler of an Event API.
    private static boolean isAppSync(Map<?, ?> event) {
        Object info = event.get("info");
        return has(event, "arguments") && has(info, "fieldName", "parentTypeName")
                || has(event, "typeName", "fieldName", "arguments", "identity")
                || has(info, "channelNamespace", "operation");
    }

    private static Object payload(Object event) {
        return event instanceof Map<?, ?> map ? map.get("payload") : null;
    }

    private static boolean has(Object event, String... names) {
        if (!(event instanceof Map<?, ?> map)) {
            return false;
        }
        for (String name : names) {
            if (!map.containsKey(name)) {
                return false;
            }
        }
        return true;
    }
}
