package karamon.server;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * Messages of a queue as the event that Lambda makes of them: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 *
 * @param arn of the queue
 */
record QueueEvent(List<Message> messages, String arn) implements JsonWriter.Document {

    @Override
    public void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("Records");
        for (Message message : messages) {
            out.writeStartObject();
            out.writeStringField("messageId", message.messageId());
            out.writeStringField("receiptHandle", message.receiptHandle());
            out.writeStringField("body", message.body());
            out.writeObjectFieldStart("attributes");
            for (Map.Entry<String, String> attribute : message.attributesAsStrings().entrySet()) {
                out.writeStringField(attribute.getKey(), attribute.getValue());
            }
            out.writeEndObject();
            out.writeObjectFieldStart("messageAttributes");
            for (Map.Entry<String, MessageAttributeValue> attribute : message.messageAttributes().entrySet()) {
                write(out, attribute.getKey(), attribute.getValue());
            }
            out.writeEndObject();
            out.writeStringField("md5OfBody", message.md5OfBody());
            out.writeStringField("eventSource", "aws:sqs");
            out.writeStringField("eventSourceARN", arn);
            out.writeStringField("awsRegion", arn.split(":").length > 3 ? arn.split(":")[3] : "");
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, String name, MessageAttributeValue value) throws IOException {
        out.writeObjectFieldStart(name);
        if (value.stringValue() != null) {
            out.writeStringField("stringValue", value.stringValue());
        }
        if (value.binaryValue() != null) {
            out.writeBinaryField("binaryValue", value.binaryValue().asByteArray());
        }
        out.writeStringField("dataType", value.dataType());
        out.writeEndObject();
    }

    /**
     * Returns the ids of the messages that failed, as Lambda reads a reply: those in {@code batchItemFailures}, and all if that is
     * invalid or names another message. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
     */
    Set<String> failures(byte[] reply) {
        Set<String> all = new HashSet<>();
        messages.forEach(message -> all.add(message.messageId()));
        Object failures = JsonReader.read(reply, Keys.STRINGS) instanceof Map<?, ?> map ? map.get("batchItemFailures") : null;
        if (failures == null) {
            return Set.of();
        }
        if (!(failures instanceof List<?> list)) {
            return all;
        }
        Set<String> failed = new HashSet<>();
        for (Object item : list) {
            if (!(item instanceof Map<?, ?> map) || !(map.get("itemIdentifier") instanceof String id) || !all.contains(id)) {
                return all;
            }
            failed.add(id);
        }
        return failed;
    }
}
