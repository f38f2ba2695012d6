// by hand
module.exports = {
  apps: [{ name: 'bot', script: "bot.py", args: ['--n', 2], instances: 3, env: { A: `x`, B: f(1, [2]) }, /* x */ ...rest }],
};
