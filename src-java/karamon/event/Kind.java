package karamon.event;

import static karamon.event.Names.AWS;
import static karamon.event.Names.SENT;
import static karamon.event.Names.chosen;

import clojure.lang.Keyword;
import clojure.lang.RT;
import java.util.HashMap;
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
    SNS(records(Map.of("MessageAttributes", chosen(AWS), "Sns", Names.aws(Map.of("MessageAttributes", chosen(AWS)))))),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    S3(AWS),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html; and a record alone, as a Kinesis stream has it:
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
    DYNAMODB(records(Map.of("dynamodb", Names.aws(Map.of("Keys", SENT, "NewImage", SENT, "OldImage", SENT))))),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    KINESIS(records(Map.of())),
    // https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
    SES(AWS),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html: a record's place is topic-partition.
    // A pipe sends each record alone.
    KAFKA(Names.aws(Map.of("headers", SENT, "records", chosen(Names.aws(Map.of("headers", SENT)))))),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html; and a message alone, from a pipe.
    ACTIVEMQ(Names.aws(Map.of("properties", SENT, "messages", Names.aws(Map.of("properties", SENT))))),
    // The same page. A queue's place is its name and its virtual host.
    RABBITMQ(Names.aws(Map.of("basicProperties", Kinds.RABBITMQ, "rmqMessagesByQueue",
            chosen(Names.aws(Map.of("basicProperties", Kinds.RABBITMQ)))))),
    // https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
    DOCUMENTDB(Names.aws(Map.of("events", Names.aws(Map.of("event", Names.aws(Map.of(
            "documentKey", SENT,
            "fullDocument", SENT,
            "fullDocumentBeforeChange", SENT,
            "updateDescription", Names.aws(Map.of("updatedFields", SENT))))))))),
    // https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    EVENTBRIDGE(Names.aws(Map.of("detail", SENT))),
    // https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
    FIREHOSE(AWS),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    LOGS(AWS),
    // https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    COGNITO(Kinds.COGNITO),
    // https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-events.html
    COGNITO_SYNC(Names.aws(Map.of("datasetRecords", chosen(AWS)))),
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
    // https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
    BEDROCK(Names.aws(Map.of(
            "sessionAttributes", SENT,
            "promptSessionAttributes", SENT,
            "requestBody", Names.aws(Map.of("content", chosen(AWS)))))),
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    SECRET_ROTATION(AWS),
    // https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html, and Amplify's, which lacks info
    APPSYNC(Kinds.APPSYNC),
    // https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization
    APPSYNC_AUTHORIZER(Names.aws(Map.of("requestHeaders", SENT, "requestContext", Names.aws(Map.of("variables", SENT))))),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    ALARM(Names.aws(Map.of("alarmData", Names.aws(Map.of("configuration", Names.aws(Map.of("metrics", Names.aws(Map.of(
            "metricStat", Names.aws(Map.of("metric", Names.aws(Map.of("dimensions", SENT))))))))))))),
    // https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda.html
    CODECOMMIT(AWS),
    // https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    CODEPIPELINE(AWS),
    // https://docs.aws.amazon.com/codedeploy/latest/userguide/tutorial-ecs-with-hooks-create-hooks.html
    CODEDEPLOY(AWS),
    // https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
    CONFIG(AWS),
    // https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    CONNECT(Names.aws(Map.of("Details", Names.aws(Map.of("Parameters", SENT, "ContactData", Names.aws(Map.of(
            "Attributes", SENT, "References", chosen(AWS), "SegmentAttributes", chosen(AWS), "Tags", SENT))))))),
    // https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html and
    // https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
    LEX(Kinds.LEX),
    // https://docs.aws.amazon.com/iot/latest/developerguide/config-custom-auth.html
    IOT_AUTHORIZER(Names.aws(Map.of("protocolData", Names.aws(Map.of("http", Names.aws(Map.of("headers", SENT))))))),
    // https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
    IOT_PROVISIONING(Names.aws(Map.of("parameters", SENT))),
    // https://docs.aws.amazon.com/iotevents/latest/developerguide/iotevents-supported-actions.html
    IOT_EVENTS(Names.aws(Map.of("event", Names.aws(Map.of("payload", Names.aws(Map.of(
            "state", Names.aws(Map.of("variables", SENT, "timers", SENT)))))), "payload", SENT))),
    // https://docs.aws.amazon.com/lambda/latest/dg/services-iot.html: a button, and one of IoT 1-Click
    IOT_BUTTON(Names.aws(Map.of("deviceInfo", Names.aws(Map.of("attributes", SENT)), "placementInfo",
            Names.aws(Map.of("attributes", SENT, "devices", SENT))))),
    // https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-authorization.html
    CLIENT_VPN(AWS),
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/lambda-custom-termination-policy.html
    AUTOSCALING(AWS),
    // https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
    TRANSFER(AWS);

    private static final Map<String, Kind> BY_SOURCE = Map.ofEntries(
            Map.entry("aws:sqs", SQS), Map.entry("aws:sns", SNS), Map.entry("aws:s3", S3), Map.entry("aws:dynamodb", DYNAMODB),
            Map.entry("aws:kinesis", KINESIS), Map.entry("aws:ses", SES), Map.entry("aws:codecommit", CODECOMMIT),
            // AWS's pages and its service differ in the names of these.
            Map.entry("aws:kafka", KAFKA), Map.entry("aws:SelfManagedKafka", KAFKA), Map.entry("SelfManagedKafka", KAFKA),
            Map.entry("aws:mq", ACTIVEMQ), Map.entry("aws:amq", ACTIVEMQ), Map.entry("aws:rmq", RABBITMQ),
            Map.entry("aws:docdb", DOCUMENTDB));

    final Keyword keyword = Keyword.intern(null, name().toLowerCase(Locale.ROOT).replace('_', '-'));
    final Names names;

    Kind(Names names) {
        this.names = names;
    }

    // The places are those of a record in a batch, and of one alone, as pipes send it. Tumbling windows carry a state, and its
    // names are the function's.
    private static Names records(Map<String, Names> places) {
        Map<String, Names> all = new HashMap<>(places);
        all.put("Records", Names.aws(places));
        all.put("state", SENT);
        return Names.aws(all);
    }

    /** Returns the kind of an event with string keys, null if it isn't known. */
    static Kind of(Map<?, ?> event) {
        Object first = RT.get(event.get("Records"), 0);
        Map<?, ?> from = first instanceof Map<?, ?> record ? record : event;
        Object source = from.containsKey("eventSource") ? from.get("eventSource") : from.get("EventSource");
        if (source == null) {
            return Kinds.withoutSource(event);
        }
        return source.equals("aws:mq") && event.containsKey("rmqMessagesByQueue") ? RABBITMQ : BY_SOURCE.get(source);
    }
}
