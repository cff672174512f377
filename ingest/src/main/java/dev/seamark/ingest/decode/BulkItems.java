package dev.seamark.ingest.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each item of a bulk request, in the order they came. Senders ask for one thing all
 * the way, so it is said once, and only the items that differ are listed: a request that went well
 * costs no object an item.
 *
 * @param count of all items
 * @param operation of every item that isn't listed, all of which are stored
 * @param others those that are refused or ask for another operation, by their position
 */
public record BulkItems(int count, Operation operation, List<Item> others) {
  /** Of a request that isn't answered item by item. */
  public static final BulkItems NONE = new BulkItems(0, Operation.INDEX, List.of());

  /** What a sender asks to be done with a document, named as in the request. */
  public enum Operation {
    INDEX("index"),
    CREATE("create"),
    UPDATE("update"),
    DELETE("delete");

    private final String text;

    Operation(String text) {
      this.text = text;
    }

    /** The name in requests and answers. */
    public String text() {
      return text;
    }

    static @Nullable Operation of(String text) {
      return switch (text) {
        case "index" -> INDEX;
        case "create" -> CREATE;
        case "update" -> UPDATE;
        case "delete" -> DELETE;
        default -> null;
      };
    }
  }

  /**
   * An item that is told of by itself.
   *
   * @param position from 0
   * @param refusal why it isn't stored; null if it is
   */
  public record Item(
      int position, Operation operation, @Nullable Refusal refusal) {}

  /**
   * Why an item isn't stored. It is the sender's fault: nothing is gained by repeating it.
   *
   * @param type of the error in the words of Elasticsearch, which senders look at
   */
  public record Refusal(String type, String reason) {}

  public BulkItems {
    others = List.copyOf(others);
  }

  /** Whether an item isn't stored. */
  public boolean hasErrors() {
    return others.stream().anyMatch(item -> item.refusal() != null);
  }
}
