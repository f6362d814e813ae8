"""JaxMARL's MPE on the CPU: jit(scan(vmap(step))) with actions drawn in the scan, episodes resetting by themselves, observations kept."""

import importlib.metadata

import jax
import jax.numpy as jnp
import jaxmarl
from clock import arguments, measure

parser = arguments(__doc__)
parser.add_argument("task", choices=["MPE_simple_tag_v3", "MPE_simple_spread_v3"])
parser.add_argument("--worlds", type=int, required=True)
options = parser.parse_args()
env, worlds = jaxmarl.make(options.task), options.worlds
length = max(16, 400_000 // worlds)


def one(carry, _):
    key, state, _, total = carry
    key, for_actions, for_step = jax.random.split(key, 3)
    keys = jax.random.split(for_actions, (worlds, len(env.agents)))
    actions = {agent: jax.vmap(env.action_space(agent).sample)(keys[:, i]) for i, agent in enumerate(env.agents)}
    obs, state, reward, _, _ = jax.vmap(env.step)(jax.random.split(for_step, worlds), state, actions)
    return (key, state, obs, total + sum(reward.values())), None


run = jax.jit(lambda carry: jax.lax.scan(one, carry, None, length=length)[0])
obs, state = jax.jit(jax.vmap(env.reset))(jax.random.split(jax.random.PRNGKey(0), worlds))
carry = jax.block_until_ready(run((jax.random.PRNGKey(1), state, obs, jnp.zeros(worlds))))


def call(count: int) -> None:
    global carry
    for _ in range(count):
        carry = run(carry)
    jax.block_until_ready(carry)


measure(call, options, worlds * length, version=importlib.metadata.version("jaxmarl"), jax=jax.__version__)
