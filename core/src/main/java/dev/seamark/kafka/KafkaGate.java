package dev.seamark.kafka;

import dev.seamark.service.Part;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first step of a service that uses Kafka: lets the process's Kafka clients ask the configured
 * token endpoint, creates the topics that are missing and lets the service start only on a Kafka
 * that loses nothing. Holds no connection afterwards.
 */
public final class KafkaGate implements Part {
  private static final Logger log = LoggerFactory.getLogger(KafkaGate.class);

  /** Kafka's OAuth client asks only addresses on this list, which is empty unless it is set. */
  static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

  private final KafkaConfig config;

  public KafkaGate(KafkaConfig config) {
    this.config = config;
  }

  @Override
  public String name() {
    return "kafka check";
  }

  /** Throws {@link KafkaRefused} with a readable verdict. */
  @Override
  public void start() throws Exception {
    allowTokenEndpoint(config);
    var topics = new Topics(config.topics());
    Admin admin = Admin.create(config.clientProperties());
    try {
      create(topics, admin);
      KafkaVerdict verdict = KafkaVerdict.check(admin, topics, config.startTimeout());
      if (!verdict.acceptable()) {
        throw new KafkaRefused("Kafka at %s:%n%s".formatted(config.bootstrap(), verdict.text()));
      }
      verdict.warnings().forEach(each -> log.warn("Kafka: {}", each));
    } finally {
      admin.close(Duration.ofSeconds(1)); // a plain close waits a minute for a Kafka that is away
    }
  }

  /** Lets the process's Kafka clients ask the token endpoint of a configuration, if it has one. */
  public static void allowTokenEndpoint(KafkaConfig config) {
    config.tokenEndpoint().ifPresent(KafkaGate::allow);
  }

  /** What the operator allowed by the command line stays allowed. */
  private static void allow(String endpoint) {
    String allowed = System.getProperty(ALLOWED_URLS, "").strip();
    if (!List.of(allowed.split("\\s*,\\s*")).contains(endpoint)) {
      System.setProperty(ALLOWED_URLS, allowed.isEmpty() ? endpoint : allowed + "," + endpoint);
    }
  }

  private void create(Topics topics, Admin admin) throws InterruptedException {
    try {
      List<String> created = topics.ensure(admin, config.startTimeout());
      if (!created.isEmpty()) {
        log.info("topics created topics={}", created);
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // perhaps an operator creates them and this user may not: the verdict says what is missing
      log.warn("topics can't be created: {}", e.toString());
    }
  }

  @Override
  public void stop(Duration within) {
    // nothing is held
  }
}
