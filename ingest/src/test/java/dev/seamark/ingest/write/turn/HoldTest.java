package dev.seamark.ingest.write.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoldTest {
  @Test
  void theTextIsAsDocumentedAndReadBack() {
    var hold = new Hold(1_764_000_000, "backup");

    assertThat(hold.text()).isEqualTo("seamark-hold/1 until=1764000000 by=backup");
    assertThat(Hold.read(hold.text())).contains(hold);
    assertThat(Hold.read(Hold.NONE.text())).contains(Hold.NONE);
    assertThat(Hold.read(new Hold(Hold.FOR_EVER, "restore").text()))
        .contains(new Hold(Hold.FOR_EVER, "restore"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "seamark-hold/2 until=1764000000 by=backup",
        "seamark-hold/1 until=-1 by=backup",
        "seamark-hold/1 until=1764000000 by=backup more=1",
        "seamark-hold/1 until=1764000000 by="
      })
  void aTextOfAnotherVersionIsNoHold(String text) {
    assertThat(Hold.read(text)).isEmpty();
  }

  @Test
  void itEndsAtItsSecond() {
    var hold = new Hold(100, "backup");

    assertThat(hold.isInForce(99)).isTrue();
    assertThat(hold.isInForce(100)).isFalse();
    assertThat(Hold.NONE.isInForce(0)).isFalse();
  }

  @Test
  void whatIsNoHoldIsRefused() {
    assertThatThrownBy(() -> new Hold(1, "Back up")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Hold(Hold.FOR_EVER + 1, "backup"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
