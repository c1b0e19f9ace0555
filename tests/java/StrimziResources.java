import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.strimzi.api.kafka.model.common.UnknownPropertyPreserving;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.File;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;

/** Reads YAML files of KafkaTopic and KafkaUser with the operator's own types; prints one line a fault. */
public class StrimziResources {
    private static final Map<String, Class<?>> KINDS =
        Map.of("KafkaTopic", KafkaTopic.class, "KafkaUser", KafkaUser.class);

    public static void main(String[] files) throws Exception {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory());
        mapper.enable(DeserializationFeature.FAIL_ON_INVALID_SUBTYPE);
        for (String file : files) {
            MappingIterator<JsonNode> documents = mapper.readerFor(JsonNode.class).readValues(new File(file));
            int read = 0;
            while (documents.hasNext()) {
                JsonNode node = documents.next();
                String kind = node.path("kind").asText();
                String name = kind + " " + node.path("metadata").path("name").asText();
                try {
                    Object resource = mapper.treeToValue(node, KINDS.get(kind));
                    check(resource, name);
                    read++;
                } catch (Exception error) {
                    System.out.println(name + ": " + error.getMessage().split("\n")[0]);
                }
            }
            System.err.println(file + ": " + read);
        }
    }

    /** Strimzi's types keep what they do not know: that is a fault of ours. */
    private static void check(Object value, String path) throws Exception {
        if (value instanceof Collection<?> items) {
            int number = 0;
            for (Object item : items) {
                check(item, path + "[" + number++ + "]");
            }
        } else if (value instanceof UnknownPropertyPreserving known) {
            for (String unknown : known.getAdditionalProperties().keySet()) {
                System.out.println(path + ": unknown " + unknown);
            }
            for (Method method : value.getClass().getMethods()) {
                String name = method.getName();
                boolean getter = name.startsWith("get") && method.getParameterCount() == 0;
                if (getter && !name.equals("getAdditionalProperties") && !name.equals("getClass")) {
                    check(method.invoke(value), path + "." + name.substring(3));
                }
            }
        }
    }
}
