import type { Player, PlayerDoor, PlayerFacts } from '../../core/agent/player';

/** A player that is played from outside: it hands its door over and waits until it is let go. */
export class ExternalPlayer implements Player {
  private opened!: (door: PlayerDoor) => void;
  private let!: () => void;
  /** Resolves when the run has begun. */
  readonly door = new Promise<PlayerDoor>((resolve) => (this.opened = resolve));
  private readonly released = new Promise<void>((resolve) => (this.let = resolve));

  async play(door: PlayerDoor, _facts: PlayerFacts): Promise<void> {
    this.opened(door);
    await this.released;
  }

  /** Ends the play; the run finishes. */
  release(): void {
    this.let();
  }
}
