package dev.seamark.labels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LabelSetTest {
  private final LabelSet labels = new LabelSet();

  @Test
  void holdsEachNameOnceInTheOrderOfBytes() {
    put("b", "1");
    put("a", "2");
    put("ü", "3");
    put("b", "4");
    put("B", "5");

    assertThat(text()).isEqualTo("B=5 a=2 b=4 ü=3 ");
  }

  @Test
  void knowsNoEmptyValue() {
    put("a", "1");
    put("b", "");
    put("a", "");

    assertThat(text()).isEmpty();
    assertThat(labels.get(bytes("a"))).isEmpty();
  }

  @Test
  void keepsWhatItsOwnLabelsDisplace() {
    put("job", "mine");
    put("exported_job", "older");

    labels.putOwn(bytes("job"), bytes("theirs"));
    labels.putOwn(bytes("job"), bytes("theirs"));
    labels.putOwn(bytes("instance"), bytes(""));

    assertThat(text()).isEqualTo("exported_exported_job=older exported_job=mine job=theirs ");
  }

  @Test
  void growsAndCopies() {
    for (int i = 0; i < 100; i++) {
      put("l" + i, "v" + i);
    }
    LabelSet copy = new LabelSet();

    copy.copy(labels);
    labels.clear();

    assertThat(copy.size()).isEqualTo(100);
    assertThat(copy.get(bytes("l77"))).isEqualTo(bytes("v77"));
    assertThat(labels.size()).isZero();
  }

  private void put(String name, String value) {
    labels.put(bytes(name), bytes(value));
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < labels.size(); i++) {
      text.append(new String(labels.name(i), UTF_8))
          .append('=')
          .append(new String(labels.value(i), UTF_8))
          .append(' ');
    }
    return text.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
