(ns user
  "For the REPL: neither tests nor functions load it."
  (:require
   [nobody.has-this :as nothing]))
