"""A player that acts at random, to try the door: python3 -m podium_gym.random_player penguins --steps 20

Options that it does not know go to `podium serve`, e.g. --runtime local.
"""

import argparse
import json
import shlex

from .env import PodiumEnv


def main():
    parser = argparse.ArgumentParser(prog="podium_gym.random_player")
    parser.add_argument("competition")
    parser.add_argument("--command", default="podium", help="how the server is started")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--actions", help="names to choose from, separated by commas; default: all")
    options, arguments = parser.parse_known_args()
    names = options.actions.split(",") if options.actions else None
    with PodiumEnv(options.competition, shlex.split(options.command), arguments) as env:
        _, info = env.reset(seed=options.seed)
        print(json.dumps({"run": info["runId"], "actions": len(info["actions"])}), flush=True)
        for step in range(options.steps):
            action = env.action_space.sample(names)
            observation, reward, terminated, truncated, _ = env.step(action)
            print(json.dumps({"step": step, "action": action["name"], "status": observation["status"], "reward": reward,
                              "summary": observation["summary"]}), flush=True)
            if terminated or truncated:
                break


if __name__ == "__main__":
    main()
