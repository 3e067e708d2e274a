/** For `require`: the same module of ECMAScript and the same instance, which Node gives from 20.19 and 22.12 on. */
module.exports = require("./inline.js");
