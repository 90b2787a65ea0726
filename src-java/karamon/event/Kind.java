package karamon.event;

import static karamon.event.Names.AWS;
import static karamon.event.Names.SENT;
import static karamon.event.Names.chosen;

import clojure.lang.Keyword;
import clojure.lang.RT;
import java.util.Locale;
import java.util.Map;

/**
 * The known kinds of events, and the places in each that hold names chosen by people. Events of any other kind keep their names
 * as sent.
 */
enum Kind {
    // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    SQS(records(Map.of("messageAttributes", chosen(AWS)))),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html; and the notification alone, as a queue or a URL gets it.
    SNS(Names.aws(Map.of(
            "MessageAttributes", chosen(AWS),
            "Records", Names.aws(Map.of("Sns", Names.aws(Map.of("MessageAttributes", chosen(AWS)))))))),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    S3(AWS),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    DYNAMODB(records(Map.of("dynamodb", Names.aws(Map.of("Keys", SENT, "NewImage", SENT, "OldImage", SENT))))),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    KINESIS(records(Map.of())),
    // https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
    SES(AWS),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html: a record's place is topic-partition.
    KAFKA(Names.aws(Map.of("records", chosen(Names.aws(Map.of("headers", SENT)))))),
    // https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    EVENTBRIDGE(Names.aws(Map.of("detail", SENT))),
    // https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
    FIREHOSE(AWS),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    LOGS(AWS),
    // https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    COGNITO(Cognito.EVENT),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    AUTHORIZER(Names.aws(Map.of(
            "headers", SENT,
            "multiValueHeaders", SENT,
            "queryStringParameters", SENT,
            "multiValueQueryStringParameters", SENT,
            "pathParameters", SENT,
            "stageVariables", SENT,
            "requestContext", Names.aws(Map.of("authorizer", SENT))))),
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
    CLOUDFORMATION(Names.aws(Map.of("ResourceProperties", SENT, "OldResourceProperties", SENT))),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
    S3_BATCH(Names.aws(Map.of("job", Names.aws(Map.of("userArguments", SENT))))),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
    S3_OBJECT(Names.aws(Map.of("userRequest", Names.aws(Map.of("headers", SENT))))),
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    SECRET_ROTATION(AWS);

    private static final Map<String, Kind> BY_SOURCE = Map.of(
            "aws:sqs", SQS, "aws:sns", SNS, "aws:s3", S3, "aws:dynamodb", DYNAMODB, "aws:kinesis", KINESIS, "aws:ses", SES,
            "aws:kafka", KAFKA, "SelfManagedKafka", KAFKA);

    final Keyword keyword = Keyword.intern(null, name().toLowerCase(Locale.ROOT).replace('_', '-'));
    final Names names;

    Kind(Names names) {
        this.names = names;
    }

    // Tumbling windows carry a state, and its names are the function's.
    private static Names records(Map<String, Names> places) {
        return Names.aws(Map.of("Records", Names.aws(places), "state", SENT));
    }

    /** Returns the kind of an event with string keys, null if it isn't known. */
    static Kind of(Map<?, ?> event) {
        Object first = RT.get(event.get("Records"), 0);
        Object source = first != null ? RT.get(first, "eventSource", RT.get(first, "EventSource")) : event.get("eventSource");
        if (source != null) {
            return BY_SOURCE.get(source);
        }
        return has(event, "source", "detail-type", "detail") ? EVENTBRIDGE
                : has(event, "awslogs") ? LOGS
                : has(event, "invocationId", "deliveryStreamArn", "records") ? FIREHOSE
                : has(event, "triggerSource", "userPoolId", "request") ? COGNITO
                : has(event, "type", "methodArn") || has(event, "type", "routeArn") ? AUTHORIZER
                : has(event, "RequestType", "ResponseURL", "LogicalResourceId") ? CLOUDFORMATION
                : has(event, "invocationSchemaVersion", "job", "tasks") ? S3_BATCH
                : has(event, "xAmzRequestId", "userRequest") ? S3_OBJECT
                : has(event, "Type", "TopicArn", "Message") ? SNS
                : has(event, "Step", "SecretId", "ClientRequestToken") ? SECRET_ROTATION
                : "s3:TestEvent".equals(event.get("Event")) ? S3
                : null;
    }

    private static boolean has(Map<?, ?> event, String... names) {
        for (String name : names) {
            if (!event.containsKey(name)) {
                return false;
            }
        }
        return true;
    }

    /** Names in events of Cognito's triggers. People choose those of attributes, claims, metadata and challenge parameters. */
    private static final class Cognito {
        private static final Names TOKEN = Names.aws(Map.of("claimsToAddOrOverride", SENT));
        private static final Names EVENT = Names.aws(Map.of(
                "request", Names.aws(Map.of(
                        "userAttributes", SENT,
                        "validationData", SENT,
                        "clientMetadata", SENT,
                        "privateChallengeParameters", SENT)),
                "response", Names.aws(Map.of(
                        "userAttributes", SENT,
                        "publicChallengeParameters", SENT,
                        "privateChallengeParameters", SENT,
                        "claimsOverrideDetails", TOKEN,
                        "claimsAndScopeOverrideDetails",
                                Names.aws(Map.of("idTokenGeneration", TOKEN, "accessTokenGeneration", TOKEN))))));
    }
}
