"""Words that carry grammar, not matter, in the languages most answers come in. In others, shortness and frequency must do."""

GRAMMAR = frozenset(
    """
    a about after again all also always am an and another any are as at be because been before being better between both but by can
    could did do does doing done each even ever every few fewer first for from get gets give go good great had hard has have having he help
    her here him his how however i i'd i'll i'm i've if in into is it it's its just know less like lot made make many may me might mine
    more most much must my near need needed needs never new no nobody none nor not nothing now of off often on one only or other our out
    over own please possible rather really same see she should since so some something somebody such take than thank thanks that the
    their them then there these they thing things this those through to too under until up upon us use very want wanted was way we well
    were what when where whether which while who whom whose why will with within without would yes yet you your

    aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus bei beim bin bis bitte bräuchte
    brauche brauchen da damit dann das dass dazu dein dem den denn der des deshalb die dies diese diesem diesen dieser dieses doch dort du
    durch ein eine einem einen einer eines einfach einige er es etwas euch euer fehlt für ganz gar gegen gerne gibt gut habe haben hat
    hatte hätte hätten hier ich ihm ihn ihnen ihr ihre ihren im immer in ins ist ja jede jedem jeden jeder jedes kann kein keine keinen
    können könnte könnten machen man mehr mein meine mich mir mit möchte möchten müssen muss nach nein nicht nichts noch nur ob oder
    ohne schon schwer sehr sein seine sich sie sind so soll sollen sollte sollten sonst über um und uns unser unsere unseren unserer
    viel viele vielen vom von vor wäre war waren warum was weil weniger wenn wer werden wie wieder will wir wird wo wollen wünsche
    wünschen würde würden zu zum zur zwischen

    alors au aussi autre autres aux avec avoir beaucoup bien bon ça car ce cela ces cette ceux chaque comme comment dans de des donc
    du elle elles en encore entre est et être eu fait faire faut il ils je la le les leur leurs lui ma mais me même mes moins mon ne
    nos notre nous on ont ou où par pas peu peut plus pour pourquoi qu'il qu'on que quel quelle qui sa sans se ses si son sont sous sur ta
    te tous tout toute toutes très trop tu un une vos votre vous y

    al algo antes así aún cada como con cómo cual cuando de del desde donde dos el ella ellos en entre era es esa ese eso esta este esto
    está están estos falta fue gracias hace hacer hasta hay la las le les lo los más me menos mi mis mucho muy nada necesitamos ni no
    nos nosotros nuestra nuestro o otra otro otros para pero poco podemos por porque puede qué que quien se ser si sí sin sobre
    solo son su sus también tanto tener tenemos tiene todo todos un una unas uno unos y ya yo

    abbiamo agli ai al alla alle anche avere c'è che chi ci come con cosa da dal dalla degli dei del della delle di dove è e ed essere fare
    gli ha hanno ho i il in io la le lei li lo loro lui ma mi molto ne nei nel nella no noi non nostra nostro o ogni per perché
    più poco possiamo quando quello questa questo qui se senza si sì siamo sono sta su sua sul sulla suo tra troppo tutti tutto un una uno voi

    aan al als altijd andere bij dan dat de deze die dit door dus een en er ge geen goed haar had heb hebben heeft het hier hij hoe hun
    ik in is je kan kunnen maar me meer met mijn moet moeten na naar niet niets nog nodig nu of om omdat onder ons ook op over te
    tegen toch toe tot uit van veel voor waar was wat we weinig welke wel werd wij wil willen worden wordt ze zeer zich zij zijn zo zonder
    zou

    aby ale ani bardzo bez bo by być był było chcemy co czy dla do dobrze gdy gdzie go i ich ile inne iż ja jak jako jest jeszcze już każdy
    kiedy które którego której który których którzy ma mają mam mamy mi mnie może można my na nad nam nas nasz nasze nic nie niż o od on
    one oni oraz po pod przed przez przy są się sobie swoje ta tak także tam te tego tej ten to trzeba tu tutaj tylko tym u w was wiele więcej
    wszystko z za ze żeby

    alla allt att av bara behöver behövs bra de del dem den denna det detta dig din du där efter eller en ett finns från få får för
    genom göra ha hade han har hon hur här i inga inte jag kan kunna man med men mer min mot mycket måste ni nu när och också om oss på
    sig sin ska skulle som så till under upp ut utan vad var vara vem vi vid vill vilka vår våra är över
    """.split()  # noqa: SIM905 nine hundred quoted words could not be read
)
