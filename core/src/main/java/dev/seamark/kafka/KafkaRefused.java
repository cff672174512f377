package dev.seamark.kafka;

/** A Kafka that a service doesn't start on; the message is the verdict, a line a finding. */
public final class KafkaRefused extends Exception {
  private static final long serialVersionUID = 1;

  KafkaRefused(String message) {
    super(message);
  }
}
