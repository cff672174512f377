package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.EdgeRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log record being edited. {@code ServiceName} follows the resource attribute. */
final class LogEdit implements RowEdit {
  static final byte[] SERVICE_NAME = "service.name".getBytes(US_ASCII);

  /** Names of severity numbers, four of which make a class; 0 has none. */
  private static final List<byte[]> SEVERITIES = List.of(
      EdgeRules.utf8(""),
      EdgeRules.utf8("TRACE"),
      EdgeRules.utf8("DEBUG"),
      EdgeRules.utf8("INFO"),
      EdgeRules.utf8("WARN"),
      EdgeRules.utf8("ERROR"),
      EdgeRules.utf8("FATAL"));

  private final AttributeEdit attributes = new AttributeEdit();
  private final AttributeEdit resource = new AttributeEdit();
  private LogRows source = new LogRows();
  private LogRows target = source;
  private int row;
  private byte @Nullable [] body;

  void source(LogRows source, LogRows target) {
    this.source = source;
    this.target = target;
  }

  @Override
  public void row(int row) {
    this.row = row;
    body = null;
    attributes.row(source.logAttributes, row);
    resource.row(source.resourceAttributes, row);
  }

  @Override
  public byte[] text(EdgeRule.Field field) {
    return switch (field) {
      case BODY -> body == null ? source.body.bytes(row) : body;
      case SEVERITY -> severity();
      case ATTRIBUTE, RESOURCE_ATTRIBUTE, SPAN_NAME, STATUS_MESSAGE, METRIC_NAME ->
        throw new IllegalArgumentException(field + " is no text of a log record");
    };
  }

  private byte[] severity() {
    if (source.severityText.length(row) > 0) {
      return source.severityText.bytes(row);
    }
    int number = source.severityNumber.get(row) & 0xFF;
    return SEVERITIES.get(number > 24 ? 0 : (number + 3) / 4);
  }

  @Override
  public void replace(EdgeRule.Field field, byte[] text) {
    if (field != EdgeRule.Field.BODY) {
      throw new IllegalArgumentException(field + " is no text of a log record that changes");
    }
    body = text;
  }

  @Override
  public @Nullable AttributeEdit attributes(EdgeRule.Field field) {
    return switch (field) {
      case ATTRIBUTE -> attributes;
      case RESOURCE_ATTRIBUTE -> resource;
      case BODY, SEVERITY, SPAN_NAME, STATUS_MESSAGE, METRIC_NAME -> null;
    };
  }

  @Override
  public List<AttributeEdit> moreAttributes() {
    return List.of();
  }

  @Override
  public boolean changed() {
    return body != null || attributes.changed() || resource.changed();
  }

  @Override
  public void append() {
    target.block().append(source.block(), row, row + 1);
    int last = target.rows() - 1;
    if (body != null) {
      target.body.truncate(last);
      target.body.append(body);
    }
    attributes.replaceLastOf(target.logAttributes);
    resource.replaceLastOf(target.resourceAttributes);
    int service = resource.changed() ? resource.find(SERVICE_NAME) : -1;
    if (service >= 0) {
      target.serviceName.truncate(last);
      target.serviceName.append(resource.value(service));
    }
  }
}
