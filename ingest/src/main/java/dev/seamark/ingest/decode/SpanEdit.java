package dev.seamark.ingest.decode;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.EdgeRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A span being edited, its events included. {@code ServiceName} follows the resource attribute. */
final class SpanEdit implements RowEdit {
  private final AttributeEdit attributes = new AttributeEdit();
  private final AttributeEdit resource = new AttributeEdit();
  private final List<AttributeEdit> events = new ArrayList<>(); // as many as any span had
  private SpanRows source = new SpanRows();
  private SpanRows target = source;
  private int row;
  private int eventCount;
  private byte @Nullable [] name;
  private byte @Nullable [] statusMessage;

  void source(SpanRows source, SpanRows target) {
    this.source = source;
    this.target = target;
  }

  @Override
  public void row(int row) {
    this.row = row;
    name = null;
    statusMessage = null;
    attributes.row(source.spanAttributes, row);
    resource.row(source.resourceAttributes, row);
    ArrayColumn<MapColumn<StringColumn, StringColumn>> column = source.eventsAttributes;
    eventCount = column.length(row);
    for (int i = 0; i < eventCount; i++) {
      if (i == events.size()) {
        events.add(new AttributeEdit());
      }
      events.get(i).row(column.element(), column.start(row) + i);
    }
  }

  @Override
  public byte[] text(EdgeRule.Field field) {
    return switch (field) {
      case SPAN_NAME -> name == null ? source.spanName.bytes(row) : name;
      case STATUS_MESSAGE ->
        statusMessage == null ? source.statusMessage.bytes(row) : statusMessage;
      case BODY, ATTRIBUTE, RESOURCE_ATTRIBUTE, SEVERITY, METRIC_NAME ->
        throw new IllegalArgumentException(field + " is no text of a span");
    };
  }

  @Override
  public void replace(EdgeRule.Field field, byte[] text) {
    if (field == EdgeRule.Field.SPAN_NAME) {
      name = text;
    } else {
      statusMessage = text;
    }
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
    return events.subList(0, eventCount);
  }

  @Override
  public boolean changed() {
    return name != null
        || statusMessage != null
        || attributes.changed()
        || resource.changed()
        || eventsChanged();
  }

  private boolean eventsChanged() {
    for (int i = 0; i < eventCount; i++) {
      if (events.get(i).changed()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void append() {
    target.block().append(source.block(), row, row + 1);
    int last = target.rows() - 1;
    if (name != null) {
      target.spanName.truncate(last);
      target.spanName.append(name);
    }
    if (statusMessage != null) {
      target.statusMessage.truncate(last);
      target.statusMessage.append(statusMessage);
    }
    attributes.replaceLastOf(target.spanAttributes);
    resource.replaceLastOf(target.resourceAttributes);
    int service = resource.changed() ? resource.find(LogEdit.SERVICE_NAME) : -1;
    if (service >= 0) {
      target.serviceName.truncate(last);
      target.serviceName.append(resource.value(service));
    }
    if (eventsChanged()) {
      target.eventsAttributes.truncate(last);
      for (int i = 0; i < eventCount; i++) {
        events.get(i).appendTo(target.eventsAttributes.element());
      }
      target.eventsAttributes.endRow();
    }
  }
}
