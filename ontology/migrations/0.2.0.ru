# Mends data that follow the vocabulary of editions before 0.2.0 (SPARQL 1.1 Update).
#
# An entry into force and an invitation were treaty actions of a kind; now they are things of classes of their own, with
# addresses of their own: effects are no acts. Apply it to a copy of your data and read what it did; what is in named
# graphs and what is in the default graph is mended alike.

PREFIX coop: <https://w3id.org/cybercoop/ns#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX kind: <https://w3id.org/cybercoop/scheme/treaty-action-kind/>
PREFIX role: <https://w3id.org/cybercoop/scheme/role/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

# EntryIntoForce: what is said of it, under the words of its class and at its own address

DELETE { GRAPH ?g { ?act ?was ?value } }
INSERT { GRAPH ?g { ?now ?is ?value } }
WHERE {
  GRAPH ?g { ?act coop:actionKind kind:entry-into-force ; ?was ?value }
  VALUES (?was ?is) {
    (coop:actionBy coop:entryFor)
    (coop:actionOn coop:entryOf)
    (coop:actionDate coop:entryDate)
    (coop:extendsTo coop:entryIn)
    (<http://purl.org/dc/terms/description> <http://purl.org/dc/terms/description>)
  }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

DELETE { GRAPH ?g { ?pointing ?by ?act } }
INSERT { GRAPH ?g { ?pointing ?by ?now } }
WHERE {
  { GRAPH ?any { ?act coop:actionKind kind:entry-into-force } } UNION { ?act coop:actionKind kind:entry-into-force }
  GRAPH ?g { ?pointing ?by ?act }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

DELETE { ?act ?was ?value }
INSERT { ?now ?is ?value }
WHERE {
  ?act coop:actionKind kind:entry-into-force ; ?was ?value
  VALUES (?was ?is) {
    (coop:actionBy coop:entryFor)
    (coop:actionOn coop:entryOf)
    (coop:actionDate coop:entryDate)
    (coop:extendsTo coop:entryIn)
    (<http://purl.org/dc/terms/description> <http://purl.org/dc/terms/description>)
  }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

DELETE { ?pointing ?by ?act }
INSERT { ?pointing ?by ?now }
WHERE {
  { GRAPH ?any { ?act coop:actionKind kind:entry-into-force } } UNION { ?act coop:actionKind kind:entry-into-force }
  ?pointing ?by ?act
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

DELETE { GRAPH ?g { ?act a coop:TreatyAction ; coop:actionKind kind:entry-into-force } }
INSERT { GRAPH ?g { ?now a coop:EntryIntoForce } }
WHERE {
  GRAPH ?g { ?act a coop:TreatyAction ; coop:actionKind kind:entry-into-force }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

DELETE { ?act a coop:TreatyAction ; coop:actionKind kind:entry-into-force }
INSERT { ?now a coop:EntryIntoForce }
WHERE {
  ?act a coop:TreatyAction ; coop:actionKind kind:entry-into-force
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-entry-into-force$", "id/entry-into-force/$1")) AS ?now)
} ;

# Invitation: what is said of it, under the words of its class and at its own address

DELETE { GRAPH ?g { ?act ?was ?value } }
INSERT { GRAPH ?g { ?now ?is ?value } }
WHERE {
  GRAPH ?g { ?act coop:actionKind kind:invitation ; ?was ?value }
  VALUES (?was ?is) {
    (coop:actionBy coop:invites)
    (coop:actionOn coop:invitationTo)
    (coop:actionDate coop:invitationDate)
    (<http://purl.org/dc/terms/description> <http://purl.org/dc/terms/description>)
  }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

DELETE { GRAPH ?g { ?pointing ?by ?act } }
INSERT { GRAPH ?g { ?pointing ?by ?now } }
WHERE {
  { GRAPH ?any { ?act coop:actionKind kind:invitation } } UNION { ?act coop:actionKind kind:invitation }
  GRAPH ?g { ?pointing ?by ?act }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

DELETE { ?act ?was ?value }
INSERT { ?now ?is ?value }
WHERE {
  ?act coop:actionKind kind:invitation ; ?was ?value
  VALUES (?was ?is) {
    (coop:actionBy coop:invites)
    (coop:actionOn coop:invitationTo)
    (coop:actionDate coop:invitationDate)
    (<http://purl.org/dc/terms/description> <http://purl.org/dc/terms/description>)
  }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

DELETE { ?pointing ?by ?act }
INSERT { ?pointing ?by ?now }
WHERE {
  { GRAPH ?any { ?act coop:actionKind kind:invitation } } UNION { ?act coop:actionKind kind:invitation }
  ?pointing ?by ?act
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

DELETE { GRAPH ?g { ?act a coop:TreatyAction ; coop:actionKind kind:invitation } }
INSERT { GRAPH ?g { ?now a coop:Invitation } }
WHERE {
  GRAPH ?g { ?act a coop:TreatyAction ; coop:actionKind kind:invitation }
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

DELETE { ?act a coop:TreatyAction ; coop:actionKind kind:invitation }
INSERT { ?now a coop:Invitation }
WHERE {
  ?act a coop:TreatyAction ; coop:actionKind kind:invitation
  BIND(IRI(REPLACE(STR(?act), "id/treaty-action/(.+)-invitation$", "id/invitation/$1")) AS ?now)
} ;

# The role of presence at the closing has another code

DELETE { GRAPH ?g { ?thing ?by role:closing-chair } }
INSERT { GRAPH ?g { ?thing ?by role:closing-presence } }
WHERE { GRAPH ?g { ?thing ?by role:closing-chair } } ;

DELETE { ?thing ?by role:closing-chair }
INSERT { ?thing ?by role:closing-presence }
WHERE { ?thing ?by role:closing-chair } ;

# The language of a source was a code, and is the address of the language

DELETE { GRAPH ?g { ?source dct:language ?code } }
INSERT { GRAPH ?g { ?source dct:language ?language } }
WHERE {
  GRAPH ?g { ?source dct:language ?code }
  FILTER(isLiteral(?code))
  BIND(IRI(CONCAT("http://id.loc.gov/vocabulary/iso639-1/", STR(?code))) AS ?language)
} ;

DELETE { ?source dct:language ?code }
INSERT { ?source dct:language ?language }
WHERE {
  ?source dct:language ?code
  FILTER(isLiteral(?code))
  BIND(IRI(CONCAT("http://id.loc.gov/vocabulary/iso639-1/", STR(?code))) AS ?language)
} ;

# Things that are the same outside are so by schema:sameAs; matches are for concepts

DELETE { GRAPH ?g { ?thing skos:exactMatch ?same } }
INSERT { GRAPH ?g { ?thing schema:sameAs ?same } }
WHERE {
  GRAPH ?g { ?thing skos:exactMatch ?same }
  FILTER(STRSTARTS(STR(?thing), "https://w3id.org/cybercoop/id/"))
} ;

DELETE { ?thing skos:exactMatch ?same }
INSERT { ?thing schema:sameAs ?same }
WHERE {
  ?thing skos:exactMatch ?same
  FILTER(STRSTARTS(STR(?thing), "https://w3id.org/cybercoop/id/"))
}
